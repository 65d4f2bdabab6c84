/** The field to write in, wherever the wish comes from. */
export const FIELD = 'composer';

export const focusComposer = () => document.getElementById(FIELD)?.focus();
