// Who writes to whom, and what has come.

const people = [['Ana Souza', '+5511987654321'], ['Ben Carter', '+15550101234'], ['Chloé Martin', '+33612345678'], ['Min-jun Kim', '+821012345678']];
const asked = new URLSearchParams(location.search);
if (asked.get('theme')) document.documentElement.dataset.theme = asked.get('theme');

const me = { name: people[0][0], phone: people[0][1], number: null, autoRead: true, ...remembered() };
const chat = { messages: new Map(), nodes: new Map(), rev: 0, events: null };

function remembered() {
  try { return JSON.parse(localStorage.getItem('parley.phone') ?? '{}'); } catch { return {}; }
}

function remember() {
  try { localStorage.setItem('parley.phone', JSON.stringify(me)); } catch { /* A private window: it is forgotten. */ }
}

const digits = phone => phone.replace(/[^0-9]/g, '');

async function call(path, body, options = {}) {
  const answer = await fetch(path, body === undefined ? options : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), ...options });
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(json.detail ?? json.title ?? `It answered ${answer.status}.`);
  return json;
}

const channels = { whatsapp: 'WhatsApp', sms: 'SMS', instagram: 'Instagram', linkedin: 'LinkedIn', telegram: 'Telegram', messenger: 'Messenger', twitter: 'X' }, channelOf = {};
let known = '';
async function findNumbers() {
  let items = [];
  try { items = (await call('/phone/numbers')).items; } catch { line('The emulator does not answer.'); return; }
  if (JSON.stringify(items) === known) return;
  known = JSON.stringify(items);
  const select = byId('number');
  if (items.length === 0) {
    select.replaceChildren(el('option', { textContent: 'Nobody to write to' }));
    select.disabled = true;
    chat.events?.close();
    byId('chat').replaceChildren(el('p', { class: 'hint', textContent: 'Nothing is connected yet.\nStart ./parley up --demo' }));
    byId('composer').inert = true;
    byId('face').textContent = '?';
    line('');
    return;
  }
  select.replaceChildren(...items.map(item => el('option', { value: item.id, textContent: `${item.name} · ${channels[item.channel] ?? item.channel}` })));
  for (const item of items) channelOf[item.id] = item.channel;
  select.disabled = items.length === 1;
  byId('composer').inert = false;
  select.value = items.some(item => item.id === me.number) ? me.number : items[0].id;
  me.number = select.value;
  listen();
}

function showMe() {
  byId('me').textContent = me.name || me.phone;
  byId('me').setAttribute('aria-label', `You are ${me.name || me.phone}. Change who you are`);
  byId('name').value = me.name;
  byId('phone').value = me.phone;
  byId('auto-read').checked = me.autoRead;
  byId('people').replaceChildren(...people.map(([name, phone]) => el('button', {
    type: 'button', textContent: name, 'aria-pressed': String(digits(phone) === digits(me.phone)), onclick: () => be(name, phone),
  })));
}

function be(name, phone) {
  Object.assign(me, { name, phone });
  remember();
  showMe();
  settings(false);
  listen();
}

function settings(open) {
  byId('settings').hidden = !open;
  byId('me').setAttribute('aria-expanded', String(open));
}

function listen() {
  chat.events?.close();
  Object.assign(chat, { messages: new Map(), nodes: new Map(), rev: 0 });
  const name = byId('number').selectedOptions[0]?.textContent ?? '';
  byId('face').textContent = name.slice(0, 1).toUpperCase();
  byId('chat').replaceChildren();
  remember();
  // Places are WhatsApp's.
  byId('share-location').hidden = channelOf[me.number] !== 'whatsapp';
  if (!me.number) return;
  const events = chat.events = new EventSource(`/phone/events?number=${encodeURIComponent(me.number)}&me=${digits(me.phone)}`);
  events.addEventListener('chat', event => { if (events === chat.events) take(JSON.parse(event.data)); });
  events.addEventListener('open', () => line(''));
  events.addEventListener('error', () => line('Connecting…'));
}

function line(text) {
  byId('line').textContent = text || `You: ${me.phone}`;
}

let typing;
function take(view) {
  if (view.rev < chat.rev) { listen(); return; }   // the emulator was started anew
  chat.rev = view.rev;
  const box = byId('chat'), atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  for (const message of view.messages) chat.messages.set(message.id, message);
  for (const message of view.messages) draw(message);
  if (chat.messages.size > 500) forget();
  if (chat.messages.size === 0) box.replaceChildren(el('p', { class: 'hint', textContent: 'Say hello. What you write here arrives at the business as a customer’s message.' }));
  clearTimeout(typing);
  line(view.typing_seconds > 0 ? 'typing…' : '');
  if (view.typing_seconds > 0) typing = setTimeout(() => line(''), view.typing_seconds * 1000);
  if (atEnd || view.messages.some(message => message.state === 'sending')) box.scrollTop = box.scrollHeight;
  readIfSeen();
}

function draw(message) {
  const box = byId('chat'), node = bubble(message, chat.messages.get(message.reply_to), actions);
  const before = chat.nodes.get(message.id);
  chat.nodes.set(message.id, node);
  if (before?.isConnected) { before.replaceWith(node); return; }
  box.querySelector('.hint')?.remove();
  const today = day(message.at), last = [...box.querySelectorAll('.day')].at(-1)?.textContent;
  if (today !== last) box.append(el('div', { class: 'day', textContent: today }));
  box.append(node);
  for (const image of node.querySelectorAll('img')) image.addEventListener('load', () => { if (box.scrollHeight - box.scrollTop - box.clientHeight < 420) box.scrollTop = box.scrollHeight; });
}

function forget() {
  for (const id of [...chat.messages.keys()].slice(0, chat.messages.size - 500)) {
    chat.messages.delete(id);
    chat.nodes.get(id)?.remove();
    chat.nodes.delete(id);
  }
}

let reading = false;
async function readIfSeen() {
  if (reading || !me.autoRead || document.hidden || ![...chat.messages.values()].some(message => !message.mine && message.state === 'delivered')) return;
  reading = true;
  try { await call('/phone/read', { number: me.number, me: digits(me.phone) }); } catch { /* The next event tries again. */ }
  reading = false;
}

const actions = {
  goTo(id) {
    const node = chat.nodes.get(id)?.querySelector('.bubble');
    if (!node) return;
    node.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
    node.classList.add('flash');
    setTimeout(() => node.classList.remove('flash'), 1500);
  },
  open(message, node, button) {
    const open = node.querySelector('.tools');
    for (const tools of document.querySelectorAll('.tools')) tools.remove();
    for (const more of document.querySelectorAll('.more')) more.setAttribute('aria-expanded', 'false');
    if (open) return;
    button.setAttribute('aria-expanded', 'true');
    const emojis = ['👍', '❤️', '😂', '😮', '😢'].map(emoji => el('button', {
      type: 'button', textContent: emoji, 'aria-label': `React with ${emoji}`, 'aria-pressed': String(message.my_reaction === emoji),
      onclick: () => say({ type: 'reaction', reaction: { message_id: message.id, emoji: message.my_reaction === emoji ? '' : emoji } }),
    }));
    node.querySelector('.body').after(el('div', { class: 'tools', role: 'group', 'aria-label': 'Reply or react' },
      el('button', { type: 'button', class: 'say', textContent: 'Reply', onclick: () => { actions.open(message, node, button); replyTo(message); } }), ...emojis));
    node.querySelector('.tools').scrollIntoView({ block: 'nearest' });
  },
  tap(what, message) {
    if (what === 'list') chooseFrom(message);
    else if (what === 'location') shareLocation(message.id);
    else say({ ...what, reply_to: message.id });
  },
};
