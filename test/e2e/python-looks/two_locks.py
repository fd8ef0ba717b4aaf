"""Two threads, each of which holds the lock that the other one takes next."""
import threading
import time

first, second = threading.Lock(), threading.Lock()


def send():
    with second:
        time.sleep(0.2)
        with first:
            print("sent")


threading.Thread(target=send, name="sender", daemon=True).start()
with first:
    time.sleep(0.2)
    print("ready", flush=True)
    with second:
        print("never")
