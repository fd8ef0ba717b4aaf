/** Puts the fillings, in their order, where the list has null. There must be as many. */
export function fillGaps<Item>(list: readonly (Item | null)[], fillings: readonly Item[]): Item[] {
  const left = fillings.values();
  return list.map((item) => {
    if (item !== null) return item;
    const next = left.next();
    if (next.done === true) throw new Error('fewer fillings than gaps');
    return next.value;
  });
}
