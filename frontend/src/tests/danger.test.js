import { numbersFor, numbersForGuess, opensDialog, withoutNumbers } from "../app/danger";
import { EMERGENCY, flagOf } from "./samples";

test.each([
  ["medical_emergency", undefined, true],
  ["self_harm_crisis", undefined, true],
  ["medical_emergency", "picture", true],
  ["medical_emergency", "answer", false],
  ["safeguarding", undefined, false],
  ["violence", undefined, false],
  ["unscreened", undefined, false],
])("whether a notice stands before everything: %s, %s: %s", (category, about, opens) => {
  expect(opensDialog(flagOf(category, { about }))).toBe(opens);
  expect(opensDialog({ severity: "high", category, about })).toBe(false);
});

describe("which numbers come first", () => {
  const kindsOf = (flagged) => numbersFor(flagged, EMERGENCY.countries.GB).map(({ kind }) => kind);

  test.each([
    ["medical_emergency", ["emergency", "poison", "medical_advice"]],
    ["self_harm_crisis", ["crisis", "emergency", "crisis"]],
    ["safeguarding", ["domestic_violence", "child", "emergency", "crisis", "crisis"]],
  ])("%s", (category, kinds) => {
    expect(kindsOf({ category })).toEqual(kinds);
  });

  test("what holds anywhere is behind the emergency number of a guess, and poisoning last", () => {
    const anywhere = { numbers: [{ kind: "emergency", number: "112" }] };
    const first = (category) =>
      numbersForGuess({ category }, EMERGENCY.countries.GB, anywhere).map(({ number }) => number);
    expect(first("medical_emergency")).toEqual(["5550100", "112", "5550103", "5550104"]);
    expect(first("self_harm_crisis")).toEqual(["5550101", "5550100", "112", "5550102"]);
    expect(first("safeguarding").slice(0, 4)).toEqual(["5550106", "5550105", "5550100", "112"]);
  });

  test("under sexual violence its own line, for whoever worries about a child those for children", () => {
    const help = {
      numbers: [
        { kind: "domestic_violence", number: "1" },
        { kind: "sexual_violence", number: "2" },
        { kind: "child", number: "3" },
      ],
    };
    const first = (more) => numbersFor({ category: "safeguarding", ...more }, help)[0].number;
    expect(first({})).toBe("1");
    expect(first({ sexual: true })).toBe("2");
    expect(first({ sexual: true, about_child: true })).toBe("3");
  });

  test("for the young those for children, but no line before an ambulance", () => {
    expect(kindsOf({ category: "self_harm_crisis", under_age: true })[0]).toBe("child");
    expect(kindsOf({ category: "medical_emergency", under_age: true })[0]).toBe("emergency");
  });

  test("all kinds where nobody knows what it is, each number once", () => {
    const help = EMERGENCY.countries.GB;
    const twice = { numbers: [...help.numbers, { ...help.numbers[0], kind: "crisis" }] };
    const numbers = numbersFor({ category: "other" }, twice).map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers).toHaveLength(help.numbers.length);
  });
});

describe("words that the card beside says already", () => {
  const words = (numbers, ...after) =>
    ["Thank you.", ...numbers, "What helps:", ...after].join("\n\n");

  test("aren't said twice where the country is known", () => {
    const emergency = { ...EMERGENCY, country: "GB", countries: { GB: EMERGENCY.countries.GB } };
    const told = words([
      "Numbers for United Kingdom:",
      "* **5550101**: crisis\n* Text **5550102**: crisis",
    ]);
    expect(withoutNumbers(told, { category: "self_harm_crisis", emergency })).toBe(words([]));
  });

  test("nor where it isn't, and the question for it stands once", () => {
    const international = {
      ...EMERGENCY.international,
      numbers: [{ kind: "emergency", number: "112" }],
    };
    const emergency = { ...EMERGENCY, international };
    const told = words([
      "Call your local number.",
      "* **112**: In Europe.",
      "Tell someone you trust.",
      "Which country are you in? Choose it in your account, and Veda names the lines there.",
    ]);
    expect(withoutNumbers(told, { category: "self_harm_crisis", emergency })).toBe(words([]));
    expect(withoutNumbers(told, { category: "violence", emergency })).toBe(
      words(["Tell someone you trust."]),
    );
  });

  test("a number that isn't on the card stays, with what stands before it", () => {
    const told = words(
      ["Numbers for Ireland:", "* **5550999**: another"],
      "* **Sit down.** Breathe.",
    );
    expect(withoutNumbers(told, { category: "violence", emergency: EMERGENCY })).toBe(told);
  });
});
