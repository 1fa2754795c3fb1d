import page from "../messages/en.json";
import papers from "../messages/en-papers.json";

/** All that the page says. */
export default { ...page, ...papers };
