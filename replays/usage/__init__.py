"""The cost of recording: how long classes were held and recorded, and how much lies in the cloud."""
