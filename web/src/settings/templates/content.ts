import type { Template } from '@/api/types';

export interface TemplateContent {
  header?: { format: string; text?: string };
  body: string;
  footer?: string;
  buttons: { type: string; text: string; url?: string; phone_number?: string }[];
}

export const contentOf = (template: Template) => template.content as unknown as TemplateContent;

/** A text in pieces: plain ones, and the names of what is filled in. */
export function piecesOf(text: string): { text: string; isVariable: boolean }[] {
  return text
    .split(/(\{\{\s*\w+\s*\}\})/)
    .filter((piece) => piece !== '')
    .map((piece) => {
      const name = /^\{\{\s*(\w+)\s*\}\}$/.exec(piece)?.[1];
      return name === undefined ? { text: piece, isVariable: false } : { text: name, isVariable: true };
    });
}
