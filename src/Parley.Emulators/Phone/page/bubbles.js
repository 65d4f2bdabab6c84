'use strict';
// How messages look. Texts are somebody else's: they go in with textContent, and nothing here makes HTML of them.

const byId = id => document.getElementById(id);

function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'class') node.className = value;
    else if (name.startsWith('aria-') || name === 'role') node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.filter(child => child !== null && child !== undefined && child !== ''));
  return node;
}

// Only addresses of the web: a javascript: link from a message must not run.
function webAddress(text) {
  try { const url = new URL(text); return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null; } catch { return null; }
}

const addressOf = file => file?.id ? '/phone/media/' + encodeURIComponent(file.id) : webAddress(file?.link);

const clock = at => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

function day(at) {
  const date = new Date(at), today = new Date(), yesterday = new Date(today.getTime() - 864e5);
  if (date.toDateString() === today.toDateString()) return 'Today';
  if (date.toDateString() === yesterday.toDateString()) return 'Yesterday';
  return date.toLocaleDateString([], { day: 'numeric', month: 'long', year: 'numeric' });
}

function summary(message) {
  const content = message.content ?? {};
  switch (message.type) {
    case 'text': return content.body ?? '';
    case 'template': return content.body ?? 'Template';
    case 'interactive': return content.body?.text ?? content.button_reply?.title ?? content.list_reply?.title ?? 'Choice';
    case 'button': return content.text ?? 'Button';
    case 'image': return content.caption || 'Photo';
    case 'video': return content.caption || 'Video';
    case 'audio': return 'Voice message';
    case 'document': return content.filename || 'Document';
    case 'location': return content.name || 'Location';
    case 'contacts': return content[0]?.name?.formatted_name ?? 'Contact';
    case 'sticker': return 'Sticker';
    default: return message.type;
  }
}

function file(kind, content) {
  const address = addressOf(content), caption = content.caption ? el('p', { textContent: content.caption }) : null;
  if (!address) return [el('p', { class: 'foot', textContent: `A file without an address (${kind})` }), caption];
  if (kind === 'image' || kind === 'sticker') return [el('img', { src: address, alt: content.caption || (kind === 'image' ? 'Photo' : 'Sticker'), class: kind, loading: 'lazy' }), caption];
  if (kind === 'video') return [el('video', { src: address, controls: true, preload: 'metadata', 'aria-label': 'Video' }), caption];
  if (kind === 'audio') return [el('audio', { src: address, controls: true, preload: 'metadata', 'aria-label': 'Voice message' })];
  const name = content.filename || 'Document';
  return [card('document', name, 'Document', { href: address, target: '_blank', rel: 'noopener', download: name }), caption];
}

const glyphs = {
  document: 'M7 3h7l5 5v13H7zM14 3v5h5M10 13h6M10 17h6', place: 'M12 21s-7-6.2-7-11.5a7 7 0 0 1 14 0C19 14.8 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 21c0-4 3.4-6.5 7.5-6.5s7.5 2.5 7.5 6.5', more: 'M5 12h.01M12 12h.01M19 12h.01',
};

function drawing(glyph) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', glyphs[glyph]);
  svg.append(path);
  return svg;
}

function card(glyph, title, below, link) {
  return el(link ? 'a' : 'div', { class: 'card', ...link }, el('span', { class: 'glyph' }, drawing(glyph)),
    el('span', {}, el('span', { textContent: title }), el('small', { textContent: below })));
}

function location_(content) {
  const at = `${Number(content.latitude).toFixed(5)}, ${Number(content.longitude).toFixed(5)}`;
  const map = `https://www.openstreetmap.org/?mlat=${Number(content.latitude)}&mlon=${Number(content.longitude)}#map=15/${Number(content.latitude)}/${Number(content.longitude)}`;
  return card('place', content.name || 'Location', content.address || at, { href: map, target: '_blank', rel: 'noopener' });
}

function contacts(list) {
  return (Array.isArray(list) ? list : []).map(contact => card('person', contact.name?.formatted_name ?? 'Contact', (contact.phones ?? []).map(phone => phone.phone).filter(Boolean).join(', ') || 'Contact'));
}

function header(part) {
  if (!part) return [];
  if (part.type === 'text') return [el('h3', { textContent: part.text ?? '' })];
  return part.type === 'location' ? [location_(part.location ?? {})] : file(part.type, part[part.type] ?? {});
}

function parts(message) {
  const content = message.content ?? {};
  switch (message.type) {
    case 'text': return [el('p', { textContent: content.body ?? '' })];
    case 'image': case 'video': case 'audio': case 'document': case 'sticker': return file(message.type, content);
    case 'location': return [location_(content)];
    case 'contacts': return contacts(content);
    case 'button': return [el('p', { textContent: content.text ?? '' })];
    case 'template': return [...header(content.header), el('p', { textContent: content.body ?? '' }), content.footer ? el('p', { class: 'foot', textContent: content.footer }) : null];
    case 'interactive': {
      const reply = content.button_reply ?? content.list_reply;
      if (reply) return [el('p', { textContent: reply.title ?? '' }), reply.description ? el('p', { class: 'foot', textContent: reply.description }) : null];
      const text = content.body?.text ? el('p', { textContent: content.body.text }) : null, footer = content.footer?.text ? el('p', { class: 'foot', textContent: content.footer.text }) : null;
      return [...header(content.header), text, footer];
    }
    default: return [el('p', { class: 'foot', textContent: `A message of type ${message.type}` })];
  }
}

// What can be tapped under a message of the business.
function options(message, tap) {
  const content = message.content ?? {}, action = content.action ?? {}, shown = [];
  const button = (text, says) => shown.push(el('button', { type: 'button', textContent: text, onclick: says }));
  const link = (text, address) => { const url = webAddress(address); if (url) shown.push(el('a', { href: url, target: '_blank', rel: 'noopener', textContent: text })); };
  if (message.type === 'template') {
    for (const one of content.buttons ?? []) {
      if (one.type === 'QUICK_REPLY') button(one.text, () => tap({ type: 'button', button: { payload: one.payload ?? one.text, text: one.text } }, message));
      else if (one.type === 'URL') link(one.text, one.url);
      else shown.push(el('button', { type: 'button', disabled: true, textContent: one.text ?? one.type }));
    }
  }
  if (message.type === 'interactive') {
    for (const { reply } of action.buttons ?? []) button(reply.title, () => tap({ type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: reply.id, title: reply.title } } }, message));
    if (content.type === 'list') button(action.button ?? 'Choose', () => tap('list', message));
    if (content.type === 'cta_url') link(action.parameters?.display_text ?? 'Open', action.parameters?.url);
    if (content.type === 'location_request_message') button('Send location', () => tap('location', message));
  }
  return shown.length > 0 && !message.mine ? el('div', { class: 'options' }, ...shown) : null;
}

const ticks = {
  sending: ['○', 'On its way'], accepted: ['✓', 'Accepted by the business'], read: ['✓✓', 'Read by the business'], refused: ['⚠', 'Not accepted'],
};

function tick(message) {
  if (!message.mine) return null;
  const [sign, words] = ticks[message.state] ?? ['', message.state];
  return el('span', { class: `tick ${message.state}`, title: words }, el('span', { 'aria-hidden': 'true', textContent: sign }), el('span', { class: 'hidden', textContent: words }));
}

function bubble(message, quoted, actions) {
  const quote = message.reply_to ? el('button', { type: 'button', class: 'quote', textContent: quoted ? summary(quoted) : 'An earlier message', onclick: () => actions.goTo(message.reply_to) }) : null;
  const content = el('div', { class: 'bubble' }, quote, ...parts(message),
    el('div', { class: 'meta' }, el('time', { dateTime: message.at, textContent: clock(message.at) }), tick(message)));
  const more = el('button', { type: 'button', class: 'more', 'aria-label': 'Reply or react', 'aria-expanded': 'false', onclick: () => actions.open(message, node, more) }, drawing('more'));
  const reactions = [message.my_reaction, message.their_reaction].filter(Boolean).map((emoji, i) => el('span', { textContent: emoji, title: i === 0 && message.my_reaction ? 'You' : 'The business' }));
  const node = el('article', { class: message.mine ? 'message mine' : 'message', 'aria-label': message.mine ? 'You' : 'The business' },
    el('div', { class: 'body' }, content, more),
    reactions.length > 0 ? el('div', { class: 'reactions' }, ...reactions) : null,
    message.state === 'refused' ? el('p', { class: 'refused', textContent: message.status ? `Not accepted (${message.status}). Trying again.` : 'Nothing answers there. Trying again.' }) : null,
    options(message, actions.tap));
  return node;
}
