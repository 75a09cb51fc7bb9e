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

/** The texts in the chosen language. All pages are drawn again when it changes. */
export let say: Words = words[language.value];
language.watch(() => {
  say = words[language.value];
});

function locale(): string {
  if (language.value === "de") return "de-DE";
  return channel().code === "web" ? "en-US" : "en-IE";
}

export function money({ amount, currency }: MoneyFragment): string {
  // The amount is passed as a text, so that no digit is lost.
  return new Intl.NumberFormat(locale(), { style: "currency", currency }).format(amount as unknown as number);
}

export const isFree = ({ amount }: MoneyFragment): boolean => Number(amount) === 0;

/** A price of shipping or of a pick-up. */
export const priceOf = (price: MoneyFragment): string => (isFree(price) ? say.free : money(price));

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

/** The date of a time in a time zone, such as 2026-03-01. */
export function dateThere(value: string, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone }).format(new Date(value)); // Swedish dates are ISO dates
}

/** A time such as that at which an order is ready, at the clock of the shop. */
export function moment(value: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "full", timeStyle: "short", timeZone }).format(new Date(value));
}

export function time(value: string): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: "short" }).format(new Date(value));
}

/** A number of days, such as "2 days". */
export function days(count: number): string {
  return new Intl.NumberFormat(locale(), { style: "unit", unit: "day", unitDisplay: "long" }).format(count);
}

export function country(code: string): string {
  return new Intl.DisplayNames([locale()], { type: "region" }).of(code) ?? code;
}
