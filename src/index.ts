export type { Button, DeliveryPath, Notification } from './notification/notification.ts';
