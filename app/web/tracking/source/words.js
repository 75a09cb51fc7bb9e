/* The words of one language, with its plurals, lists and dates. */

class Words {
  #chain;

  /** `asked` are language tags, the most wanted first; `own` is the page's own dictionary, or null. */
  constructor(asked, own) {
    const tags = [own?.locale, ...asked].filter(isTag);
    const tag = tags.find((each) => each === own?.locale || languageOf(each) in DICTIONARIES) ?? "en";
    const known = DICTIONARIES[languageOf(tag)];
    this.locale = tag;
    this.#chain = [own, known, DICTIONARIES.en].filter(Boolean);
    this.direction = (own?.locale ? own.direction : known?.direction) ?? "ltr";
  }

  /** The words of a key of a group, with values filled in; of its plural form where `count` is given. */
  say(group, key, values = {}, count = undefined) {
    const found = this.#chain.map((each) => each[group]?.[key]).find((each) => each !== undefined);
    const form = typeof found === "object" ? this.#form(found, count) : found;
    return form?.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
  }

  #form(forms, count) {
    return forms[new Intl.PluralRules(this.locale).select(count)] ?? forms.other;
  }

  number(value) {
    return new Intl.NumberFormat(this.locale).format(value);
  }

  list(values) {
    return new Intl.ListFormat(this.locale, { type: "conjunction" }).format(values);
  }

  /** A day such as "2026-12-31", with its year unless that is this year. */
  day(date) {
    const day = new Date(`${date}T12:00:00`);
    const year = day.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
    return new Intl.DateTimeFormat(this.locale, { weekday: "long", day: "numeric", month: "long", year }).format(day);
  }

  moment(at) {
    return new Intl.DateTimeFormat(this.locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
  }
}

function isTag(tag) {
  try {
    return Boolean(tag) && Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

function languageOf(tag) {
  return new Intl.Locale(tag).language;
}
