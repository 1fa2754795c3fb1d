export const CONVERSATION = "11111111-1111-4111-8111-111111111111";
export const OTHER = "22222222-2222-4222-8222-222222222222";
export const DISCLAIMER = "Veda gives general information.";
export const AT = "2026-11-22T12:00:00Z";

export const PATIENT = {
  id: "u",
  email: "margaret@example.org",
  email_confirmed: true,
  name: "Margaret Ellis",
  country: "GB",
  year_of_birth: 1961,
  has_password: true,
  second_factor: false,
  paused_at: null,
  consent_version: "2026-11",
  consent_current: true,
};

export const CONFIG = {
  terms_version: "2026-11",
  recipients: [],
  operator: { name: "", contact: "", terms_url: "", privacy_url: "" },
  consents: [
    { purpose: "terms", label: "terms of use", required: true },
    { purpose: "health_data", label: "use of my health data to answer me", required: true },
    { purpose: "staff_reading", label: "staff may read my conversations", required: false },
    {
      purpose: "improvement",
      label: "use of my conversations to improve Veda",
      required: false,
    },
  ],
  registration: "open",
  minimum_age: 16,
  conversation_retention_days: 0,
  google: false,
  mail: true,
  answerer: { provider: "extractive", language_model: false, label: "Quoted from the sources" },
  limits: {
    message_chars: 4000,
    upload_bytes: 8 * 1024 ** 2,
    audio_seconds: 120,
    attachments: 4,
  },
  inputs: { speech: false, pictures: false },
  suggestions: ["How long does a cough last?"],
  countries: [
    { code: "GB", name: "United Kingdom" },
    { code: "IE", name: "Ireland" },
  ],
};

export const SOURCES = [
  {
    n: 1,
    title: "Migraine",
    heading: "What helps",
    url: "https://example.org/migraine",
    source: "Veda health topics",
    excerpt: "Rest in a quiet, dark room.",
    score: 0.8,
    read_on: "2026-11-02",
    clinically_reviewed: false,
  },
];

export const question = (id, content, more) => ({
  id,
  sender: "user",
  type: "text",
  content,
  status: "sent",
  metadata: {},
  client_message_id: null,
  reply_to: null,
  disclaimer: null,
  created_at: AT,
  ...more,
});

export const reply = (id, content, more) => ({
  id,
  sender: "assistant",
  type: "text",
  content,
  status: "done",
  metadata: { label: "Quoted from the sources" },
  client_message_id: null,
  reply_to: null,
  disclaimer: DISCLAIMER,
  created_at: AT,
  ...more,
});

export const page = (results, next = null) => ({ results, next, previous: null });

/** A conversation as its own address and the list give it. */
export const conversation = (id, title, more) => ({
  id,
  title,
  messages_count: 2,
  help: null,
  staff: null,
  created_at: AT,
  updated_at: AT,
  ...more,
});

/** What the server answers to a page with these conversations, each [conversation, messages], newest first. */
export const chatRoutes = (...held) => ({
  "GET /api/config": CONFIG,
  "GET /api/conversations": page(held.map(([one]) => one)),
  ...Object.fromEntries(
    held.flatMap(([one, messages = []]) => [
      [`GET /api/conversations/${one.id}`, one],
      [`GET /api/conversations/${one.id}/messages`, page(messages)],
    ]),
  ),
  "POST /api/auth/ws-ticket": { ticket: "t" },
});

const line = (kind, number, more) => ({
  kind,
  number,
  label: kind,
  last_verified: "2026-11-22",
  ...more,
});

/** Numbers as the server gives them; nobody answers them. */
export const EMERGENCY = {
  country: "",
  international: {
    name: "Anywhere else",
    text: "Call your local number.",
    crisis_text: "Tell someone you trust.",
    numbers: [],
  },
  countries: {
    GB: {
      name: "United Kingdom",
      numbers: [
        line("emergency", "5550100"),
        line("crisis", "5550101"),
        line("crisis", "5550102", { by_text: true }),
        line("medical_advice", "5550103"),
        line("poison", "5550104"),
        line("child", "5550105"),
        line("domestic_violence", "5550106"),
      ],
    },
    IE: { name: "Ireland", numbers: [line("emergency", "5550200")] },
  },
};

export const flagOf = (category, more) => ({
  category,
  severity: "high",
  emergency: EMERGENCY,
  ...more,
});
