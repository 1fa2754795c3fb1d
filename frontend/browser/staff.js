/** The administrator of the server that stands behind a proxy. */
export const STAFF = { email: "ada@example.org", password: "four words in one row" };
