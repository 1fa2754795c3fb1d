/** What the server, its sources and models write with straight apostrophes looks like the page's own words. */
export const withApostrophes = (text) => text.replace(/(\p{L})'(?=\p{L})/gu, "$1’");
