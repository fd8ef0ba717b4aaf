/**
 * What Slack refuses, in UTF-16 units and counts.
 * Sources: https://docs.slack.dev/reference/block-kit and the types of @slack/types; the text's limit is where
 * chat.postMessage cuts a message off.
 */
export const limits = {
  text: 40_000,
  blocks: 50,
  attachments: 100,
  textObject: 3000,
  sectionFields: 10,
  sectionField: 2000,
  header: 150,
  contextElements: 10,
  contextActions: 5,
  cardTitle: 150,
  cardBody: 200,
  carouselCards: 10,
  actionsElements: 25,
  blockId: 255,
  imageUrl: 3000,
  imageAltText: 2000,
  buttonText: 75,
  buttonAccessibilityLabel: 75,
  buttonValue: 2000,
  buttonUrl: 3000,
  actionId: 255,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  placeholder: 150,
  selectOptions: 100,
  /** Of checkboxes and radio buttons. */
  choiceOptions: 10,
  overflowOptions: 5,
  optionText: 75,
  optionValue: 150,
  inputLabel: 2000,
  videoTitle: 200,
  tableRows: 100,
  tableCells: 20,
  /** All markdown blocks of one message together. */
  markdown: 12_000,
} as const;

/** Above it Slack splits one message into several of this length; measured by others, not documented. */
export const longText = 4000;
