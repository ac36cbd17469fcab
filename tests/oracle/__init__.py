"""Who should have been told what, when? The rules of docs/notices.md written a second time, for a simulated firm."""
