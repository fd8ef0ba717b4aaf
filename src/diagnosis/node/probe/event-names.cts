/** What happens once in the life of what emits it: whoever heard the first has missed nothing. */
export function isOfItsLife(name: string): boolean {
  return /^(?:(?:is|on|all|now)?[-_ :.]?)(?:ready|open(?:ed)?|connect(?:ed)?|started?|load(?:ed)?|init\w*|online|end(?:ed)?|closed?|finish(?:ed)?|done|exit(?:ed)?|stop(?:ped)?|shutdown|drain(?:ed)?|ack|hello|ping|pong|error)$/i.test(
    name,
  );
}
