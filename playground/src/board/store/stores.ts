export const STORE_NAME: Readonly<Record<"APP_STORE" | "PLAY_STORE", string>> = {
  APP_STORE: "App Store",
  PLAY_STORE: "Google Play",
};
