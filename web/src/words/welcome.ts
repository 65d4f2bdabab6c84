/** What newcomers read. */
export const welcomeWords = {
  heading: 'Welcome to Parley',
  text: 'One inbox for every conversation. Two ways to begin:',
  connect: {
    title: 'Connect a channel',
    text: 'Bring your WhatsApp number. You need a Meta app and about ten minutes; each field says where to find what it asks for.',
    action: 'Connect a channel',
    forOthers: 'An admin of your organisation connects channels. Ask one of them.',
  },
  demo: {
    title: 'Try the demo',
    text: 'Parley plays the providers on your own computer, with conversations to look at and a customer’s phone to write from. It lives in a folder of its own: nothing here is touched.',
    command: 'The command',
    how: 'Stop Parley, then run this in its folder.',
  },
  after: {
    title: 'You are connected',
    text: 'What customers write appears in the inbox.',
    action: 'To the inbox',
    another: 'Connect another',
  },
};
