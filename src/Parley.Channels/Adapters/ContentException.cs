namespace Parley.Channels.Adapters;

/// <summary>What is wrong with the content, in a sentence; never leaves the adapter.</summary>
internal sealed class ContentException(string sentence) : Exception(sentence);
