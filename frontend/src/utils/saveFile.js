/** Saves what the page holds in memory as a file of that name. */
export function saveFile(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  /* Firefox begins to read only after the click has been dealt with. */
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
