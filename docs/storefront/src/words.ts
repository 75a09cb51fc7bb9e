// The texts of the shop in both languages, from texts.json. Each `{}` in a phrase stands for a value.
import type { CartWarningCode, ErrorCode, OrderStatus, PickupUnavailableReason, ProblemCode, ShippingUnavailableReason } from "./generated";
import catalogue from "./texts.json";

export type Language = "en" | "de";
type InBoth = Record<Language, string>;
type Phrase = (...values: (string | number)[]) => string;

export type Words = Record<keyof typeof catalogue.texts, string> & Record<keyof typeof catalogue.phrases, Phrase>;

function wordsOf(language: Language): Words {
  const texts = Object.entries<InBoth>(catalogue.texts).map(([key, text]) => [key, text[language]]);
  const phrases = Object.entries<InBoth>(catalogue.phrases).map(([key, text]): [string, Phrase] => {
    const parts = text[language].split("{}");
    return [key, (...values) => parts.map((part, index) => part + (values[index] ?? "")).join("")];
  });
  return Object.fromEntries([...texts, ...phrases]) as Words;
}

export const words: Record<Language, Words> = { en: wordsOf("en"), de: wordsOf("de") };

/** Texts for codes of the API. A code without a text has the message of the server, which is in English. */
export const problems: Partial<Record<ProblemCode | CartWarningCode, InBoth>> = catalogue.problems;
export const failures: Partial<Record<ErrorCode, InBoth>> = catalogue.failures;
export const unavailable: Record<ShippingUnavailableReason | PickupUnavailableReason, InBoth> = catalogue.unavailable;
export const statuses: Record<OrderStatus, InBoth> = catalogue.statuses;
