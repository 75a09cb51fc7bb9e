// The channel and the language that the buyer has chosen, and how amounts and dates are written in it.
import { CHANNELS, type Channel } from "./config";
import type { MoneyFragment } from "./generated";
import { Store } from "./store";
import { type Language, words, type Words } from "./words";

const isGerman = navigator.language.toLowerCase().startsWith("de");

export const channelCode = new Store(isGerman ? "eu" : "web", "shop.channel");
export const language = new Store<Language>(isGerman ? "de" : "en", "shop.language");

export function channel(): Channel {
  return CHANNELS.find(({ code }) => code === channelCode.value) ?? CHANNELS[0];
}

export function useChannel(): Channel {
  channelCode.use();
  return channel();
}

export function useWords(): Words {
  return words[language.use()];
}

function locale(): string {
  if (language.value === "de") return "de-DE";
  return channel().code === "web" ? "en-US" : "en-IE";
}

export function money({ amount, currency }: MoneyFragment): string {
  // The amount is passed as a text, so that no digit is lost.
  return new Intl.NumberFormat(locale(), { style: "currency", currency }).format(amount as unknown as number);
}

/** The difference of two amounts, exactly: it is calculated in minor units. */
export function less({ amount, currency }: MoneyFragment, off: MoneyFragment): MoneyFragment {
  const minor = (text: string): bigint => BigInt(text.replace(".", ""));
  const digits = amount.split(".")[1]?.length ?? 0;
  return { __typename: "Money", currency, amount: `${minor(amount) - minor(off.amount)}e-${digits}` };
}

/** A date such as 2026-03-01, which has no time zone, or a time. */
export function day(value: string): string {
  const isDate = value.length === 10;
  const zone = isDate ? { timeZone: "UTC" } : {};
  return new Intl.DateTimeFormat(locale(), { dateStyle: "long", ...zone }).format(new Date(value));
}

export function time(value: string): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: "short" }).format(new Date(value));
}

export function country(code: string): string {
  return new Intl.DisplayNames([locale()], { type: "region" }).of(code) ?? code;
}
