import { words } from '@/words';
import styles from './Composer.module.css';

// What people who answer customers really send; everything else is in the keyboard of the system.
const groups = {
  faces: '😀 😃 😄 😁 😅 😂 🙂 😉 😊 😇 🥰 😍 😘 😋 😜 🤗 🤔 🤨 😐 😏 🙄 😬 😌 😔 😴 🤒 🥳 😎 😕 🙁 😮 😢 😭 😞 😤 😅',
  hands: '👍 👎 👌 ✌️ 🤞 🤝 👏 🙌 🙏 💪 👋 ✋ 👉 👆 👇 ✍️ 🫶 🤙',
  signs: '❤️ 🧡 💛 💚 💙 💜 🤍 💔 ✨ ⭐ 🔥 🎉 🎁 💯 ✅ ❌ ❗ ❓ ⚠️ 💡 🔔 📌 📎 🔗',
  things: '📦 🚚 🏠 🏬 ☕ 🍰 🍕 🌹 📷 📞 💬 📧 📅 ⏰ ⏳ 💳 💶 🧾 🔑 🛒 ✈️ 🚗 ☀️ 🌧️',
} as const;

export default function EmojiPicker({ onChoose }: { onChoose: (emoji: string) => void }) {
  return (
    <div className={styles.emoji}>
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
  );
}
