/** What people are called by, of what they gave as their name; empty where they gave none. */
export const firstName = (name) => name.trim().split(/\s+/)[0];
