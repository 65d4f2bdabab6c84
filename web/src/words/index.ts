import { bot } from './bot';
import { common } from './common';
import { data } from './data';
import { inbox } from './inbox';
import { journal } from './journal';
import { reports } from './reports';
import { search } from './search';
import { settings } from './settings';
import { welcome } from './welcome';

/** Every word that people see, in one place so that it can be translated: a screen more brings its own file and its line here. */
export const words = { ...common, bot, data, inbox, journal, reports, search, settings, welcome };
