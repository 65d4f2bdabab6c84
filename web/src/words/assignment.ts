/** Who takes care of whom. */
export const assignment = {
  label: 'Assigned to',
  nobody: 'Nobody',
  take: 'Take it myself',
  release: 'Take it from everybody',
  people: 'People',
  teams: 'Teams',
  has: (name: string) => `${name} takes care of it`,
  given: (name: string) => `${name} takes care of it now`,
  taken: 'Nobody takes care of it now',
  isYours: 'A colleague gave this conversation to you',
  areYours: (count: number) => `${count} conversations are yours now`,
  load: (count: number) => `${count} open conversations`,

  settings: {
    text: 'People who look after customers together. A team can share out what is new by itself.',
    add: 'Add team',
    edit: (name: string) => `Change ${name}`,
    none: 'No teams yet',
    noneText: 'Make one, say who is in it, and which accounts it looks after.',
    name: 'Name',
    strategy: 'What is new goes to',
    strategies: {
      none: 'the team; somebody takes it',
      round_robin: 'each in turn',
      least_busy: 'whoever has the fewest open conversations',
    } as Record<string, string>,
    members: 'Members',
    accounts: 'Accounts it looks after',
    accountsText: 'New conversations of these accounts come to this team. An account has one team.',
    count: (count: number) => (count === 1 ? '1 member' : `${count} members`),
    saved: (name: string) => `${name} is saved.`,
    remove: 'Remove team',
    removeText: (name: string) =>
      `${name} goes. Whoever of it takes care of a customer goes on doing so; what only the team had belongs to nobody.`,
    removed: (name: string) => `${name} is removed.`,
  },
};
