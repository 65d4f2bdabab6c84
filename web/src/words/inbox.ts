/** What the inbox says. */
export const inbox = {
  title: 'Inbox',
  channels: {
    whatsapp: 'WhatsApp',
    sms: 'SMS',
    instagram: 'Instagram',
    facebook: 'Messenger',
    telegram: 'Telegram',
    linkedin: 'LinkedIn',
    twitter: 'X',
    email: 'E-mail',
  } as Record<string, string>,
};
