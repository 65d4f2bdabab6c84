// Writing: texts, files, places, choices.

const draft = { replyTo: null, file: null, kind: null };

async function say(message) {
  try { await call('/phone/messages', { number: me.number, me: digits(me.phone), name: me.name || undefined, ...message }); }
  catch (failure) { fail(failure); }
}

async function sendFile(file, kind, caption, replyTo) {
  const query = new URLSearchParams({ number: me.number, me: digits(me.phone), type: kind, file_name: file.name });
  if (me.name) query.set('name', me.name);
  if (caption) query.set('caption', caption);
  if (replyTo) query.set('reply_to', replyTo);
  try { await call(`/phone/files?${query}`, undefined, { method: 'POST', body: file, headers: { 'Content-Type': file.type || 'application/octet-stream' } }); }
  catch (failure) { fail(failure); }
}

function fail(failure) {
  banner(`It was not sent: ${failure.message}`, true);
}

function banner(text, failed = false) {
  byId('banner').hidden = !text;
  byId('banner').classList.toggle('failed', failed);
  byId('banner').setAttribute('role', failed ? 'alert' : 'status');
  byId('banner-text').textContent = text;
}

function showDraft() {
  const parts = [];
  if (draft.replyTo) parts.push(`Reply to: ${summary(draft.replyTo)}`);
  if (draft.file) parts.push(`${draft.file.name} (${size(draft.file.size)})`);
  banner(parts.join(' · '));
  byId('text').placeholder = draft.file && draft.kind !== 'audio' ? 'Caption' : 'Message';
}

function size(bytes) {
  return bytes < 1024 ? `${bytes} bytes` : bytes < 1048576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

function replyTo(message) {
  draft.replyTo = message;
  showDraft();
  byId('text').focus();
}

function send() {
  const text = byId('text').value.trim(), { replyTo: quoted, file, kind } = draft;
  if (!text && !file) return;
  byId('text').value = '';
  Object.assign(draft, { replyTo: null, file: null, kind: null });
  grow();
  showDraft();
  if (file) sendFile(file, kind, kind === 'audio' ? '' : text, quoted?.id);
  // A voice message has no caption: what was typed follows it.
  if (text && (!file || kind === 'audio')) say({ text, reply_to: quoted?.id });
}

function grow() {
  const text = byId('text');
  text.style.height = 'auto';
  text.style.height = `${Math.min(140, text.scrollHeight + 2)}px`;
}

// What a phone would send it as: a photo only when the business can show it.
function kindOf(file, wanted) {
  if (wanted === 'voice') return 'audio';
  if (wanted === 'document') return 'document';
  return file.type.startsWith('video/') ? 'video' : file.type.startsWith('image/') ? 'image' : 'document';
}

function chooseFrom(message) {
  const { action } = message.content, dialog = byId('list-dialog');
  byId('list-title').textContent = action.button ?? 'Choose';
  byId('list-rows').replaceChildren(...(action.sections ?? []).flatMap(section => [
    section.title ? el('h3', { textContent: section.title }) : null,
    ...(section.rows ?? []).map(row => el('button', {
      type: 'button', class: 'row-choice',
      onclick: () => {
        dialog.close();
        say({ type: 'interactive', interactive: { type: 'list_reply', list_reply: { id: row.id, title: row.title, description: row.description } }, reply_to: message.id });
      },
    }, el('span', { textContent: row.title }), row.description ? el('small', { textContent: row.description }) : null)),
  ]).filter(Boolean));
  dialog.showModal();
}

const places = [['Praça da Sé, São Paulo', -23.55052, -46.63331], ['Rossio, Lisbon', 38.71387, -9.13985], ['Museum Island, Berlin', 52.51690, 13.40190]];
let answering = null;

function shareLocation(messageId = null) {
  answering = messageId;
  byId('place').replaceChildren(...places.map(([name], i) => el('option', { value: i, textContent: name })), el('option', { value: '', textContent: 'Somewhere else' }));
  byId('place').dispatchEvent(new Event('change'));
  byId('location-dialog').showModal();
}

function menu(open) {
  byId('attach-menu').hidden = !open;
  byId('attach').setAttribute('aria-expanded', String(open));
  if (open) byId('attach-menu').querySelector('button').focus();
}

byId('composer').addEventListener('submit', event => { event.preventDefault(); send(); });
byId('text').addEventListener('input', grow);
byId('text').addEventListener('keydown', event => { if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); } });
byId('banner-close').addEventListener('click', () => { Object.assign(draft, { replyTo: null, file: null, kind: null }); showDraft(); byId('text').focus(); });
byId('attach').addEventListener('click', () => menu(byId('attach-menu').hidden));
byId('attach-menu').addEventListener('keydown', event => {
  const items = [...byId('attach-menu').querySelectorAll('button:not([hidden])')], at = items.indexOf(document.activeElement);
  if (event.key === 'ArrowDown') items[(at + 1) % items.length].focus();
  else if (event.key === 'ArrowUp') items[(at + items.length - 1) % items.length].focus();
  else if (event.key === 'Escape') { menu(false); byId('attach').focus(); }
  else return;
  event.preventDefault();
});
document.addEventListener('click', event => { if (!event.target.closest('#attach, #attach-menu')) menu(false); });
for (const button of document.querySelectorAll('[data-file]')) {
  button.addEventListener('click', () => {
    menu(false);
    draft.kind = button.dataset.file;
    byId('file').accept = { photo: 'image/*,video/*', voice: 'audio/*', document: '' }[button.dataset.file];
    byId('file').click();
  });
}
byId('file').addEventListener('change', () => {
  const [file] = byId('file').files;
  if (file) { Object.assign(draft, { file, kind: kindOf(file, draft.kind) }); showDraft(); byId('text').focus(); }
  byId('file').value = '';
});
byId('share-location').addEventListener('click', () => { menu(false); shareLocation(); });
byId('location-cancel').addEventListener('click', () => byId('location-dialog').close());
byId('place').addEventListener('change', () => { const place = places[byId('place').value]; byId('latitude').value = place?.[1] ?? ''; byId('longitude').value = place?.[2] ?? ''; });
byId('location-form').addEventListener('submit', event => {
  event.preventDefault();
  const latitude = Number(byId('latitude').value), longitude = Number(byId('longitude').value), place = places[byId('place').value];
  const isPlace = place && place[1] === latitude && place[2] === longitude;
  byId('location-dialog').close();
  say({ type: 'location', location: { latitude, longitude, ...(isPlace ? { name: place[0] } : {}) }, reply_to: answering ?? undefined });
});

byId('me').addEventListener('click', () => settings(byId('settings').hidden));
byId('identity').addEventListener('submit', event => {
  event.preventDefault();
  const phone = digits(byId('phone').value);
  if (phone.length < 5 || phone.length > 20) { byId('phone').setCustomValidity('Digits, with the country’s code.'); byId('phone').reportValidity(); return; }
  be(byId('name').value.trim(), '+' + phone);
});
byId('phone').addEventListener('input', () => byId('phone').setCustomValidity(''));
byId('auto-read').addEventListener('change', () => { me.autoRead = byId('auto-read').checked; remember(); readIfSeen(); });
byId('number').addEventListener('change', () => { me.number = byId('number').value; listen(); });
document.addEventListener('visibilitychange', readIfSeen);

showMe();
findNumbers();
setInterval(findNumbers, 5000);
