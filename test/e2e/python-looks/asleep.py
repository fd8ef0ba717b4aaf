"""A main thread that waits for an event that nobody sets, which lets it run nothing."""
import threading

print("ready", flush=True)
threading.Event().wait()
