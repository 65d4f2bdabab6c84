import { ActionIcon, Button } from '@mantine/core';
import { Plus, X } from 'lucide-react';
import { automationWords } from '@/words/automations';
import { days, type Hours } from '../definition';
import styles from './Editor.module.css';

const say = automationWords.editor;
const usual: Hours = { days: days.slice(0, 5), from: '09:00', to: '18:00' };

/** Stretches of a week: on which days, from when to when. */
export function HoursField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: Hours[];
  onChange: (value: Hours[] | undefined) => void;
}) {
  const set = (at: number, part: Partial<Hours>) =>
    onChange(value.map((one, index) => (index === at ? { ...one, ...part } : one)));
  return (
    <fieldset className={styles.hours}>
      <legend>{label}</legend>
      {value.map((one, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they have no other name
        <div key={at}>
          <div className={styles.days}>
            {days.map((day) => (
              <label key={day} title={say.dayNames[day]}>
                <input
                  type="checkbox"
                  aria-label={say.dayNames[day]}
                  checked={one.days.includes(day)}
                  onChange={(event) =>
                    set(at, {
                      days: days.filter((other) =>
                        other === day ? event.currentTarget.checked : one.days.includes(other),
                      ),
                    })
                  }
                />
                <span aria-hidden>{say.days[day]}</span>
              </label>
            ))}
          </div>
          <input
            type="time"
            aria-label={say.from}
            value={one.from}
            onChange={(event) => set(at, { from: event.currentTarget.value })}
          />
          <input
            type="time"
            aria-label={say.to}
            value={one.to}
            onChange={(event) => set(at, { to: event.currentTarget.value })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size={32}
            aria-label={say.removeHours}
            onClick={() => {
              const rest = value.filter((_, index) => index !== at);
              onChange(rest.length > 0 ? rest : undefined);
            }}
          >
            <X size={15} aria-hidden />
          </ActionIcon>
        </div>
      ))}
      <Button
        variant="default"
        size="compact-sm"
        leftSection={<Plus size={13} aria-hidden />}
        onClick={() => onChange([...value, usual])}
      >
        {say.addHours}
      </Button>
    </fieldset>
  );
}
