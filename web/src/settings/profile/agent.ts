// In this order: most programs also claim to be those further down.
const programs: [RegExp, string][] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(HeadlessChrome|Chromium|Chrome|CriOS)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
];
const systems: [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

/** A browser's long name for itself, as people know it; nothing when it is nobody we know. */
export function agentOf(agent: string | null) {
  const program = programs.find(([sign]) => sign.test(agent ?? ''))?.[1];
  if (!program) return undefined;
  const system = systems.find(([sign]) => sign.test(agent ?? ''))?.[1];
  return { program, system, isPhone: system === 'iPhone' || (system === 'Android' && /\bMobile\b/.test(agent ?? '')) };
}
