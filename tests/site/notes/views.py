import os
import sys

from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from .models import Note


def release():
    """Returns the release that this process was started in: `relswitch exec` says which."""
    return os.environ.get("RELSWITCH_ID", "development")


@require_http_methods(["GET", "HEAD", "POST"])
def index(request):
    if request.method == "POST":
        text = request.POST.get("text", "").strip()[:200]
        if text:
            Note.objects.create(text=text)
        return redirect("index")
    return render(request, "notes/index.html", {"notes": Note.objects.all()[:20], "release": release()})


@never_cache
@require_safe
def health(request):
    """Says which release and which environment answer: what a probe after a switch has to see."""
    return JsonResponse({"release": release(), "prefix": sys.prefix, "notes": Note.objects.count()})
