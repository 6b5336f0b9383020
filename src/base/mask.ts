/** Texts that must not be shown, each with what is shown in its place. */
export type Masks = readonly (readonly [text: string, shown: string])[];

/** As short a text would be found by chance in any other. */
const SHORTEST = 4;

/** Makes what replaces every secret in a text. Those under 4 characters stay, unless they are part of a longer text here. */
export function masker(masks: Masks): (text: string) => string {
  // Longer ones first, since one may stand within another.
  const long = masks.filter(([text]) => text.length >= SHORTEST).sort(([a], [b]) => b.length - a.length);
  return (text) => long.reduce((shown, [secret, instead]) => shown.replaceAll(secret, () => instead), text);
}
