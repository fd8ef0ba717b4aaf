// Has an interval, and a timer that holds nothing back.
setInterval(() => process.emit('beat'), 60_000);
setTimeout(() => process.emit('far'), 3_600_000).unref();
process.stdout.write('ready\n');
