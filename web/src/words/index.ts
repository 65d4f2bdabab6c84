import { assignment } from './assignment';
import { audit } from './audit';
import { bot } from './bot';
import { common } from './common';
import { contacts } from './contacts';
import { data } from './data';
import { inbox } from './inbox';
import { journal } from './journal';
import { labels } from './labels';
import { notes } from './notes';
import { presence } from './presence';
import { replies } from './replies';
import { reports } from './reports';
import { scheduling } from './scheduling';
import { search } from './search';
import { settings } from './settings';
import { webhooks } from './webhooks';
import { welcome } from './welcome';

/** Every word that people see, in one place so that it can be translated: a screen more brings its own file and its line here. */
export const words = {
  ...common,
  assignment,
  audit,
  bot,
  contacts,
  data,
  inbox,
  journal,
  labels,
  notes,
  presence,
  replies,
  reports,
  scheduling,
  search,
  settings,
  webhooks,
  welcome,
};
