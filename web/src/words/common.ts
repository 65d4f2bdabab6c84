/** What all screens say. */
export const common = {
  name: 'Parley',
  close: 'Close',
  cancel: 'Cancel',
  save: 'Save',
  again: 'Try again',
  back: 'Back',
  more: 'More',
  loading: 'Loading',
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'The browser does not let this page copy. Select the text and copy it yourself.',
  saved: 'Saved',
  showMore: 'Show more',
  optional: 'optional',

  /** What the screens are called. */
  screens: {
    automations: 'Automations',
    contacts: 'Contacts',
    search: 'Search',
    campaigns: 'Campaigns',
    reports: 'Reports',
    journal: 'Webhook journal',
    settings: 'Settings',
    welcome: 'Welcome',
  },

  problems: {
    title: 'That did not work',
    unexpected: (status: number) => `The server answered ${status} without saying why. Try again in a moment.`,
    broken: 'Something in this page broke. Reload it; what you typed is kept.',
    unreachable: {
      title: 'The server cannot be reached',
      text: 'Look at your connection. What you typed is safe, and this page goes on by itself.',
    },
    page: {
      title: 'This page broke',
      text: 'What you typed is kept. Reload to go on.',
      reload: 'Reload',
    },
    nowhere: { title: 'There is nothing here', text: 'The link may be old or incomplete.', home: 'To the inbox' },
    missing: 'It is not here',
    toList: 'Back to the list',
    noAccess: {
      title: 'Not for your role',
      text: 'An admin of your organisation can give you access.',
    },
  },

  session: {
    title: 'Sign in',
    email: 'E-mail',
    password: 'Password',
    submit: 'Sign in',
    submitting: 'Signing in…',
    again: 'Sign in again',
    againText: 'Your session has ended. Everything you typed is still here and goes out once you are back.',
    out: 'Sign out',
    leaving: 'Sending what you wrote…',
    unsent: (count: number) => (count === 1 ? 'One message was not sent' : `${count} messages were not sent`),
    unsentText:
      'It stays in this browser, and goes out when you sign in here again. Stay to try once more, or to take it back in its conversation.',
    outAnyway: 'Sign out anyway',
    tagline: 'One inbox for every conversation.',
  },

  shell: {
    moreScreens: 'More screens',
    navigation: 'Screens',
    account: (name: string) => `Account of ${name}`,
    roles: { viewer: 'Viewer', editor: 'Editor', admin: 'Admin' },
    theme: 'Look',
    themes: { auto: 'As the system', light: 'Light', dark: 'Dark' },
    notify: 'Notify me on this computer',
    notifyOff: 'Stop notifying me here',
    notifyDenied: 'Notifications are blocked in the browser',
    commands: 'Commands',
    keys: 'Keyboard shortcuts',
    skip: 'Skip to content',
  },

  live: {
    lost: 'Reconnecting. What you see may be a little behind.',
    offline: 'You are offline. What you send goes out when you are back.',
    now: 'Reconnect now',
  },

  commands: {
    placeholder: 'Go to, or do…',
    none: 'Nothing is called that.',
    label: 'Commands',
    groups: { go: 'Go to', act: 'This conversation', open: 'Conversations', page: 'Page' },
  },

  shortcuts: {
    title: 'Keyboard shortcuts',
    groups: { list: 'List', conversation: 'Conversation', everywhere: 'Everywhere' },
    followedBy: 'then',
  },

  time: {
    now: 'now',
    today: 'Today',
    yesterday: 'Yesterday',
  },
};
