/** What a list knows of a member; each object is in one list at most. */
export interface Listed<Member> {
  previous: Member | null;
  next: Member | null;
}

/**
 * Members in the order of their adding, each taken out in O(1). A `Set` does the same, but its outgrown tables keep what
 * they held alive until the next full collection: at 50 in flight that is nearly everything ever added.
 */
export class OrderedList<Member extends Listed<Member>> {
  #first: Member | null = null;
  #last: Member | null = null;

  get first(): Member | null {
    return this.#first;
  }

  add(member: Member): void {
    member.previous = this.#last;
    if (this.#last === null) this.#first = member;
    else this.#last.next = member;
    this.#last = member;
  }

  /** `member` must be in this list. */
  delete(member: Member): void {
    if (member.previous === null) this.#first = member.next;
    else member.previous.next = member.next;
    if (member.next === null) this.#last = member.previous;
    else member.next.previous = member.previous;
    // A dead member that still points at a living one would keep it from being collected young.
    member.previous = null;
    member.next = null;
  }
}
