/** Who is where. */
export const presence = {
  somebody: 'A colleague',
  looks: (name: string) => `${name} is looking at this`,
  types: (name: string) => `${name} is typing`,
  isTyping: (name: string) => `${name} is writing an answer`,
  online: 'online',
};
