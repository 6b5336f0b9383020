// Tabs and line ends pass: they move nothing but what comes behind them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** As {@link printable}, and line feeds are escapes too: what is written by others cannot begin a line that looks like ours. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', '\\u000a');
}

/** Text for a terminal: control characters (C0, DEL, C1), with which a record could change what is shown, as escapes. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
