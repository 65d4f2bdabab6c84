import { MessagesSquare } from 'lucide-react';
import { Blank } from '@/parts/States';
import { words } from '@/words';

/** The inbox. */
export default function InboxScreen() {
  return <Blank icon={MessagesSquare} title={words.inbox.title} />;
}
