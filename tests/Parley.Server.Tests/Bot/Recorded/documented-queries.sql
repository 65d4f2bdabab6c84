-- The queries of the document "Database Setup" of the WhatsApp bot that Parley takes the place of (section
-- "Common Database Operations"), letter by letter. Each must run as it stands with search_path = bot, public.

-- ## View All Users
SELECT user_id, phone_number, full_name, created_at
FROM users
ORDER BY created_at DESC;

-- ## View User's Chats
SELECT c.chat_id, c.is_active, c.created_at,
       jsonb_array_length(c.messages) as message_count
FROM userchats c
JOIN users u ON c.customer_id = u.user_id
WHERE u.phone_number = 'whatsapp:+1234567890'
ORDER BY c.created_at DESC;

-- ## View Messages from a Chat
SELECT
    chat_id,
    jsonb_array_elements(messages) as message
FROM userchats
WHERE chat_id = '3e1f3ecf80a140f6';

-- ## Get User Statistics
SELECT
    u.phone_number,
    u.full_name,
    COUNT(DISTINCT c.chat_id) as total_chats,
    SUM(jsonb_array_length(c.messages)) as total_messages
FROM users u
LEFT JOIN userchats c ON u.user_id = c.customer_id
GROUP BY u.user_id, u.phone_number, u.full_name;

-- ## Clear Old Inactive Chats
-- Mark chats older than 30 days as inactive
UPDATE userchats
SET is_active = false
WHERE created_at < NOW() - INTERVAL '30 days'
  AND is_active = true;
