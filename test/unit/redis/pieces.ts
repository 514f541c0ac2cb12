/** `bytes` cut at the given places, into pieces that a socket could give: none is empty. */
export const piecesOf = (bytes: Buffer, cuts: readonly number[]): readonly Buffer[] => {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((one, other) => one - other);
  return at
    .slice(1)
    .map((end, index) => bytes.subarray(at[index], end))
    .filter((piece) => piece.length > 0);
};
