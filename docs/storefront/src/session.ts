// Signing in and staying signed in. The access token lives in this variable and ends with the page. The refresh
// token is kept in the browser, because this shop has no server of its own: it loads no scripts of others, and its
// Content-Security-Policy allows none.
import type { TokensFragment } from "./generated";
import { Store } from "./store";

interface Access {
  token: string;
  endsAt: number;
}

const EARLY = 30_000; // milliseconds before the end at which a token is renewed

const refreshToken = new Store<string | null>(null, "shop.refresh");
export const deviceToken = new Store<string | null>(null, "shop.device");
let access: Access | null = null;

refreshToken.watch(() => {
  if (refreshToken.value === null) access = null; // signed out in another tab
});

export function accessToken(): string | null {
  return access?.token ?? null;
}

export function isSignedIn(): boolean {
  return refreshToken.value !== null;
}

export function useSignedIn(): boolean {
  return refreshToken.use() !== null;
}

export function onSignedInChange(changed: () => void): void {
  let before = isSignedIn();
  refreshToken.watch(() => {
    if (isSignedIn() === before) return;
    before = isSignedIn();
    changed();
  });
}

export function mustRenew(): boolean {
  return refreshToken.value !== null && (access === null || Date.now() > access.endsAt - EARLY);
}

export function keepSession(tokens: TokensFragment): void {
  access = { token: tokens.accessToken, endsAt: Date.parse(tokens.expiresAt) };
  if (tokens.deviceToken) deviceToken.set(tokens.deviceToken);
  refreshToken.set(tokens.refreshToken);
}

export function endSession(): void {
  access = null;
  refreshToken.set(null);
}

/** Renew the access token, one tab at a time. `ask` returns null if the session has ended. */
export async function renew(ask: (token: string) => Promise<TokensFragment | null | undefined>): Promise<void> {
  access = null; // an expired token would be refused, also by tokenRefresh
  await alone("shop.session", async () => {
    const token = refreshToken.latest(); // another tab may have renewed it while this one waited
    if (token === null) return;
    const tokens = await ask(token);
    if (tokens) keepSession(tokens);
    else if (tokens === null) endSession();
  });
}

/** Do something in one tab at a time. */
export function alone<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  return navigator.locks ? (navigator.locks.request(name, work) as Promise<Result>) : work();
}
