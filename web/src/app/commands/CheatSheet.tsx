import { Modal } from '@mantine/core';
import { words } from '@/words';
import { readable, useAllActions } from '../actions';
import styles from './CheatSheet.module.css';
import { Keys } from './Keys';

const groups = ['list', 'conversation', 'everywhere'] as const;

/** The keys that work here and now. */
export default function CheatSheet({ onClose }: { onClose: () => void }) {
  const actions = useAllActions().filter((action) => action.keys);
  return (
    <Modal
      opened
      onClose={onClose}
      title={words.shortcuts.title}
      size={680}
      closeButtonProps={{ 'aria-label': words.close }}
    >
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
    </Modal>
  );
}
