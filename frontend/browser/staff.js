/** The administrator of every server. */
export const STAFF = {
  email: "ada@example.org",
  name: "Ada Byron",
  password: "four words in one row",
};
