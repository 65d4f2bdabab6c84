import { assignment } from './assignment';
import { common } from './common';
import { inbox } from './inbox';
import { labels } from './labels';
import { notes } from './notes';
import { presence } from './presence';
import { replies } from './replies';
import { scheduling } from './scheduling';

/** The words of the shell and the inbox, which are there at once. Every other screen has a file of its own here and imports it
 * itself, so that its words come with its code. What people see is written nowhere else: so it can be translated. */
export const words = {
  ...common,
  assignment,
  inbox,
  labels,
  notes,
  presence,
  replies,
  scheduling,
};
