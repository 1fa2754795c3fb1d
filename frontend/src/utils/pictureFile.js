import { t } from "./i18n";

export const ACCEPTED = ["image/png", "image/jpeg", "image/webp"];

const HEIC = "pictureFile.vedaCantOpenHeicPictures";
export const UNSUPPORTED = "pictureFile.vedaCanOpenPngJpeg";

/** In pixels, as the server keeps pictures: writing on a package stays readable. */
const LONGEST_EDGE = 2048;
const QUALITY = 0.9;

const isHeic = ({ name, type }) => /^image\/hei[cf]/.test(type) || /\.hei[cf]$/i.test(name);

export const tooLarge = (bytes) =>
  t("pictureFile.thisPictureIsLargerThan", { size: Math.floor(bytes / 1024 ** 2) });

/** As a JPEG of a size that any use of it can do with; null where this browser can't open the file. */
async function drawAnew(file) {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_EDGE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "white"; // JPEG knows no transparency
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return blob && new File([blob], `${file.name}.jpg`, { type: blob.type });
  } catch {
    return null;
  }
}

/**
 * What to upload of a chosen file, {file}, or why it can't be, {problem}. What is too large, and what only this browser
 * may be able to open (HEIC, in Safari), is drawn anew. The server decides by the content.
 */
export async function prepare(file, { upload_bytes: bytes = Infinity }) {
  const heic = isHeic(file);
  if (!heic && !ACCEPTED.includes(file.type)) return { problem: t(UNSUPPORTED) };
  if (!heic && file.size <= bytes) return { file };
  const drawn = await drawAnew(file);
  if (drawn?.size <= bytes) return { file: drawn };
  return { problem: heic ? t(HEIC) : tooLarge(bytes) };
}
