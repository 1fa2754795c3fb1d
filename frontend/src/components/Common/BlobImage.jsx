import { useCallback } from "react";

/** A picture out of the page's memory. Its address lives as long as the picture is in the page. */
export function BlobImage({ blob, alt, ...rest }) {
  const show = useCallback(
    (image) => {
      const address = URL.createObjectURL(blob);
      image.src = address;
      return () => URL.revokeObjectURL(address);
    },
    [blob],
  );
  return <img ref={show} alt={alt} {...rest} />;
}
