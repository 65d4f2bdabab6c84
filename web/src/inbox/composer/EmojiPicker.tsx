import { FocusTrap } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { words } from '@/words';
import styles from './Composer.module.css';

// What people who answer customers really send; everything else is in the keyboard of the system.
const groups = {
  faces: '😀 😃 😄 😁 😅 😂 🙂 😉 😊 😇 🥰 😍 😘 😋 😜 🤗 🤔 🤨 😐 😏 🙄 😬 😌 😔 😴 🤒 🥳 😎 😕 🙁 😮 😢 😭 😞 😤 😅',
  hands: '👍 👎 👌 ✌️ 🤞 🤝 👏 🙌 🙏 💪 👋 ✋ 👉 👆 👇 ✍️ 🫶 🤙',
  signs: '❤️ 🧡 💛 💚 💙 💜 🤍 💔 ✨ ⭐ 🔥 🎉 🎁 💯 ✅ ❌ ❗ ❓ ⚠️ 💡 🔔 📌 📎 🔗',
  things: '📦 🚚 🏠 🏬 ☕ 🍰 🍕 🌹 📷 📞 💬 📧 📅 ⏰ ⏳ 💳 💶 🧾 🔑 🛒 ✈️ 🚗 ☀️ 🌧️',
} as const;

/** The trap is in here, and not in the popover around it: that opens before this has been loaded, and would find nothing to focus. */
export default function EmojiPicker({ onChoose, onClose }: { onChoose: (emoji: string) => void; onClose: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    const first = box.current?.querySelector('button');
    first?.focus();
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      close.current();
    };
    // Before anything else hears it: the popover, or the inbox, which would leave the conversation.
    addEventListener('keydown', press, true);
    return () => removeEventListener('keydown', press, true);
  }, []);
  return (
    <FocusTrap>
      <div className={styles.emoji} ref={box}>
        {Object.entries(groups).map(([group, emoji]) => (
          <section key={group}>
            <h3>{words.inbox.composer.emojiGroups[group as keyof typeof groups]}</h3>
            <div>
              {[...new Set(emoji.split(' '))].map((one) => (
                <button key={one} type="button" onClick={() => onChoose(one)}>
                  {one}
                </button>
              ))}
            </div>
          </section>
        ))}
      </div>
    </FocusTrap>
  );
}
