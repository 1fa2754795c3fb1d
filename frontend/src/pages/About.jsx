import { Operator } from "../components/Common/Operator";
import { Paper, Part } from "../components/Layout/Paper";
import { t } from "../utils/i18n";

/** Who runs this Veda, what it is, and what it can do here. */
export default function About() {
  return (
    <Paper title={t("about.aboutVeda")}>
      {({ answerer, inputs, operator }) => (
        <>
          <Part title={t("about.whoRunsIt")} words={operator?.name ? [] : ["about.noNameIsGiven"]}>
            <Operator />
          </Part>
          <Part
            title={t("about.whatItDoes")}
            words={[
              "about.itInforms",
              answerer.language_model ? "about.aModelWrites" : "about.quotesAreShown",
            ]}
          />
          <Part
            title={t("about.howYouAsk")}
            words={[
              "about.byTyping",
              inputs.speech ? "about.speechIsThere" : "about.speechIsMissing",
              inputs.pictures ? "about.picturesAreThere" : "about.picturesAreMissing",
            ]}
          />
        </>
      )}
    </Paper>
  );
}
