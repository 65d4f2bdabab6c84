import { Dialog } from '@/parts/Dialog';
import { words } from '@/words';
import { readable, useAllActions } from '../actions';
import styles from './CheatSheet.module.css';
import { Keys } from './Keys';

const groups = ['list', 'conversation', 'everywhere'] as const;

/** The keys that work here and now. */
export default function CheatSheet({ onClose }: { onClose: () => void }) {
  const actions = useAllActions().filter((action) => action.keys);
  return (
    <Dialog onClose={onClose} title={words.shortcuts.title} size={680}>
      <div className={styles.sheet} data-autofocus tabIndex={-1}>
        {groups
          .map((group) => ({
            group,
            inside: actions.filter((action) => (action.group === 'go' ? 'everywhere' : action.group) === group),
          }))
          .filter(({ inside }) => inside.length > 0)
          .map(({ group, inside }) => (
            <section key={group}>
              <h3>{words.shortcuts.groups[group]}</h3>
              <dl>
                {inside.map((action) => (
                  <div key={action.id}>
                    <dt>{action.name}</dt>
                    <dd>
                      <Keys keys={readable(action.keys ?? '')} />
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
      </div>
    </Dialog>
  );
}
