import { common } from './common';
import { inbox } from './inbox';
import { journal } from './journal';
import { labels } from './labels';
import { replies } from './replies';
import { scheduling } from './scheduling';
import { search } from './search';
import { settings } from './settings';
import { welcome } from './welcome';

/** Every word that people see, in one place so that it can be translated: a screen more brings its own file and its line here. */
export const words = { ...common, inbox, journal, labels, replies, scheduling, search, settings, welcome };
