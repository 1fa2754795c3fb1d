/* The server counts Unicode code points, JavaScript strings are UTF-16. */

const isHighSurrogate = (unit) => unit >= 0xd800 && unit <= 0xdbff;

export function countCodePoints(text) {
  let count = text.length;
  for (let i = 0; i < text.length; i += 1) {
    if (isHighSurrogate(text.charCodeAt(i)) && i + 1 < text.length) {
      count -= 1;
      i += 1;
    }
  }
  return count;
}

/** Where in the string a code point stands. */
export function indexOfCodePoint(text, count) {
  return text.length - dropCodePoints(text, count).length;
}

/** The text without its first `count` code points. */
export function dropCodePoints(text, count) {
  let i = 0;
  for (let dropped = 0; dropped < count && i < text.length; dropped += 1) {
    i += isHighSurrogate(text.charCodeAt(i)) ? 2 : 1;
  }
  return text.slice(i);
}
