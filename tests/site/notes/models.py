from django.db import models


class Note(models.Model):
    """A line of text that a visitor left."""

    text = models.CharField(max_length=200)
    written = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-written", "-id"]

    def __str__(self):
        return self.text
