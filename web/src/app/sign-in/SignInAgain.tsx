import type { Me } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { words } from '@/words';
import { SignInForm } from './SignIn';
import styles from './SignIn.module.css';

/** Over the page, when the server ended the session: nothing on it is lost, and it goes on from here. */
export function SignInAgain({ me }: { me: Me }) {
  return (
    <Dialog onClose={() => {}} withCloseButton={false} closeOnEscape={false} title={words.session.again} size={380}>
      <p className={styles.again}>{words.session.againText}</p>
      <SignInForm email={me.user?.email} />
    </Dialog>
  );
}
