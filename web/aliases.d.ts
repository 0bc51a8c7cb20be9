export const PREACT: Record<string, string>;
